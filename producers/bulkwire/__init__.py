"""Bulkwire: bulk SMS and WhatsApp through Clickatell's One API."""
