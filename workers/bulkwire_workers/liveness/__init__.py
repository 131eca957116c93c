"""Alive means making progress: what every process of a worker shows, and who looks at it."""
