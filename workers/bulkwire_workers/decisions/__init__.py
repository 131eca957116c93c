"""What to do with an answer: pure functions over tables, no I/O and no clock."""
