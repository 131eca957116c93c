"""A Bulkwire for a while: what demo, chaos and benchmarks put up around themselves."""
