"""The REST API: Twilio's of 2010 for calls, texts and recordings, SignalWire's shape for faxes."""
