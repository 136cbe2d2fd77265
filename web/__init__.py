"""The web pages: plain HTML rendered on the server, calling the same library functions as the commands."""
