"""The web client and the API that it speaks."""
