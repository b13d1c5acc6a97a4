"""What is more than usual: within hours, within minutes, in neighbouring districts, in new words, over weeks; and the limits that keep a budget of false alarms."""
