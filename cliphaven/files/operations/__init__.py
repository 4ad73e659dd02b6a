"""Files from the question whether they may come to the day on which nothing of them is left."""
