"""The service's door: health, metrics, webhooks and the page, over HTTP.

It reads the state and nothing else: any controller's page shows the whole fleet. What it has to know of the
process that it lives in, it is given as callables (`hooks.Hooks`); it never asks a host.
"""
