"""Rules, random draw, assignment, working days, due dates, outcomes, statistics."""
