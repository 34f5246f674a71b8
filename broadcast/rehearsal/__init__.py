"""
The launch rehearsal: what would happen if this campaign were launched now.

    running    starts the rehearsal in a process of its own and keeps what it found
    __main__   that process: surveys the real list, copies it, plays the copy
    survey     everybody on the list once: may they be contacted now, what does it take, whose message looks worst
    copying    a scratch database with the people concerned and everything that limits us
    playing    the real prepare, claim, record and settle on a stepped clock
    rates      how a carrier answers, by past attempts or by stated assumptions
    figures    what is counted on the way

The real database is only read, and the stepped clock is that process's own.
"""
