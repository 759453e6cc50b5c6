"""Lists of sentences to review, how they are made, and how reviewers get on with them."""
