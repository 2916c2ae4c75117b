@0xaf33472caf911a9c;
# The `extra` line of an activation file: one framed, unpacked, single-segment message of ActivationExtra, in base64.
# Described in docs/formats/activation-file.md.

using Cxx = import "/capnp/c++.capnp";
using Events = import "events.capnp";
$Cxx.namespace("ledger::wire");

struct ActivationExtra {
  event @0 :Data;                             # the stored bytes: the leaf
  certificates @1 :List(Data);                # DER, server certificate first, without the root
  annex @2 :List(Events.AnnexValue);          # this event's values, those not erased
  deviceSalt @3 :Data;                        # 32 bytes: what the seat's components are hashed with; empty for other events
}
