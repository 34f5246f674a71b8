"""
Lists kept outside, from their files: public do-not-call lists, and answers of the database of reassigned numbers.

    with path.open("rb") as stream:
        do_not_call.load(database, tenant, stream, "US", as_of=clock.now(), at=clock.now(), source="registry", tell=print)
"""
