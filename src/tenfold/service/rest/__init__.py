"""REST for programs: assess what is posted without keeping it, calculate any model, ask a centre's records. JSON in and out."""

from fastapi import APIRouter

from tenfold.service.rest import assess, calculate, description, registry

ROUTERS: tuple[APIRouter, ...] = (assess.router, calculate.router, registry.router, description.router)
