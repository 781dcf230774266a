"""What to do next: budget, audiences, experiments, opportunities, and the plan that joins them."""
