"""The web pages: server-rendered, plain HTML, the same library functions as the command line."""
