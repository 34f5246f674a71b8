"""
What every address under /api/v1 shares: keys, limits, checks, errors, paging, repeated requests, and the OpenAPI document.

    bp = Blueprint("customers_api", __name__, url_prefix=PREFIX)

    @bp.post("/customers")
    @endpoint("marketing", tag="customers", body=NewCustomer, answer=CustomerAnswer, status=201)
    def create(body: NewCustomer) -> CustomerAnswer: ...

The models that check a request are those of the document. Errors are RFC 9457 problems with our codes.
"""
