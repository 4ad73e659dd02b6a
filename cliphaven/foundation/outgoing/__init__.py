"""Money that leaves by a vendor's hand, once: claim, call, record; whatever is lost in between is found again.

`rules` decides, purely: what to do with an item now, what an answer means, what a look-up proves. `models.OutgoingItem`
has the columns that the protocol lives in, and `sender.Sender` walks it: a room derives one for each kind of call and
says in it what differs. `pace` lets no more than so many a second out, counted over all workers.
"""
