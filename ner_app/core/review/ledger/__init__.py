"""What reviewers decided: append-only decisions in a database, and the labels of now as a fold over them."""
