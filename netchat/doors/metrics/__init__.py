"""The door of monitoring systems: figures and health over HTTP."""
