"""Input and output of everything that is not a decision: files, HTTP, the broker's administration."""
