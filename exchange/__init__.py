"""A telephone exchange in a box.

It offers Twilio's REST API (faxes in SignalWire's shape), plays TwiML, signs and retries its webhooks as Twilio does,
and has subscribers of its own: people who answer, are busy or press keys, machines, handsets that take texts, fax
machines. Nothing leaves the computer. Everything that happened is kept in a ledger, a SQLite file.

    python -m exchange --port 8001 --population company.yaml --seed 7 --speed 60 --ledger exchange.db
    python -m exchange ledger exchange.db --json
"""
