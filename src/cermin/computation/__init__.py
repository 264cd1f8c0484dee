"""The main job from read inputs to a frozen result and its report, for commands and site alike."""
