"""The one place that decides: changes wait in a queue, are decided, committed, published and answered."""
