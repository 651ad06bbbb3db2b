"""The image and its networks on a Docker engine: `make test-docker`, not `make test`."""
