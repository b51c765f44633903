"""The service: web pages, REST and CDS Hooks over one store of patients, inside a hospital's own network.

It asks the same functions as Python and the command line do; nothing clinical is defined here.
"""
