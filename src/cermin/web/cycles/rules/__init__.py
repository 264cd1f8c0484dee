"""Rules of the yearly cycle: its states, its dates, who may do what. Pure: they never query."""
