"""What crosses between the judge and the worker: length-limited frames that hold a closed set of types."""
