"""The demo: a whole Bulkwire for a minute, and the proof that it kept its promises."""
