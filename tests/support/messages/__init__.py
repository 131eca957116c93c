"""Messages for property-based tests: valid ones, and what can be broken about them."""
