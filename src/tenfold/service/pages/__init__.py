"""The pages, one module each."""

from tenfold.service.pages import patients, sign_in

ROUTERS = (sign_in.router, patients.router)
