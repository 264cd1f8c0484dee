"""Reading what people have: rosters, answers, evidence scores; every problem named."""
