"""The image and its network on a real engine: for `make test-docker`, not for `make test`."""
