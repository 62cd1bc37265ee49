"""What is asked: query language, finding, ranking, spelling, topics. Reads only."""
