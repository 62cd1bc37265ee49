"""Questions to the archive: query language, finding, ranking, spelling, topics. Only reads."""
