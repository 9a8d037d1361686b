"""The plan of the workshop: who works on which order on which day, against the hours of each person."""
