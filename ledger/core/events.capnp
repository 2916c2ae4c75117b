@0xea6d0bc96e3f7986;
# What is stored for ever: one framed, unpacked, single-segment message of Event a sequence number.
# Described in docs/formats/event.md. Fields are only ever added; an ordinal is never used twice.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("ledger::wire");

struct Event {
  sequenceNumber @0 :UInt64;         # 0-based, dense
  time @1 :Int64;                    # ledger time, UTC microseconds since 1970; never goes back
  schemaVersion @2 :UInt16;          # 1
  origin @3 :Text;                   # "<server id>/<incarnation>"
  actor @4 :Actor;
  commitments @5 :List(Commitment);  # to the values in the annex; sorted by field, each field once

  union {
    ledgerCreated @6 :LedgerCreated;
    serverCertified @7 :ServerCertified;
    licenseImported @8 :LicenseImported;
    revocationImported @9 :RevocationImported;
    enrolmentKeyCreated @10 :EnrolmentKeyCreated;
    enrolmentKeyRevoked @11 :EnrolmentKeyRevoked;
    settingChanged @12 :SettingChanged;
    tlsCertificateChanged @13 :TlsCertificateChanged;
    seatActivated @14 :Seat;
    seatRenewed @15 :Seat;
    seatDeviceChanged @16 :Seat;
    seatReleased @17 :SeatReleased;
    seatExpired @18 :SeatExpired;
    annexErased @19 :AnnexErased;
    timePutInDoubt @20 :TimePutInDoubt;
    timeConfirmed @21 :TimeConfirmed;
    timeConfirmationUndone @22 :TimeConfirmationUndone;
    serverStarted @23 :ServerStarted;
    incarnationOpened @24 :IncarnationOpened;
    keyCleared @25 :KeyCleared;
    adoptionProven @26 :AdoptionProven;
    seatAdopted @27 :SeatAdopted;
    adoptionRefused @28 :AdoptionRefused;
    seatLent @29 :Seat;
    unclaimedFreed @30 :UnclaimedSeats;
    logKeyCreated @31 :LogKeyCreated;
    logKeyRevoked @32 :LogKeyRevoked;
    legacySeatReserved @33 :LegacySeatReserved;
    legacySeatFreed @34 :LegacySeatFreed;
    reportIssued @35 :ReportIssued;
  }
}

struct Actor {
  kind @0 :Kind;
  authority @1 :Authority;
  id @2 :Data;                       # enrolment key id (16 bytes) for device, else empty

  enum Kind {
    server @0;                       # the server by itself
    device @1;                       # a desktop
    operator @2;                     # a person at the machine's command line
  }
  enum Authority {
    none @0;
    enrolmentKey @1;
    openEnrolment @2;
    deviceKey @3;                    # signed a challenge
    localAccount @4;                 # the service account or root, over the local socket or with the ledger's files
    hsmPinAndTypedConfirmation @5;   # stands in for two people while there are no accounts
  }
}

struct Commitment {
  field @0 :AnnexField;
  digest @1 :Data;                   # 32 bytes: hash(salt || value)
}

enum AnnexField {
  deviceName @0;
  deviceAddress @1;
  operatorName @2;
}

struct AnnexValue {
  field @0 :AnnexField;
  salt @1 :Data;                     # 16 random bytes
  value @2 :Text;                    # UTF-8, at most 1,024 bytes
}

struct Annex {
  values @0 :List(AnnexValue);       # sorted by field, each field once
}

enum SuiteId {
  unknown @0;
  p256Sha256 @1;
}

struct LedgerCreated {
  suite @0 :SuiteId;
  serverId @1 :Text;
  publicKey @2 :Data;                # DER SubjectPublicKeyInfo of the HSM's first key
  vendorRoot @3 :Data;               # DER certificate: pinned for the ledger's life
  deviceSalt @4 :Data;               # 32 random bytes; one for a server id, for ever
  softwareVersion @5 :Text;
}

struct ServerCertified {
  certificates @0 :List(Data);       # DER, leaf first, without the root
}

struct LicenseImported {
  licenseId @0 :Text;
  licenseBin @1 :Data;               # license.bin byte for byte: CMS SignedData over the JSON terms
}

struct RevocationImported {
  revocationId @0 :Text;
  revocationBin @1 :Data;            # CMS SignedData over the JSON revocation
}

struct EnrolmentKeyCreated {
  keyId @0 :Data;                    # 16 random bytes
  keyDigest @1 :Data;                # 32 bytes: hash of the key's text
  pool @2 :Text;                     # a name for people, at most 64 bytes
  expires @3 :Int64;                 # ledger time; 0: never
}

struct EnrolmentKeyRevoked {
  keyId @0 :Data;
}

struct SettingChanged {
  name @0 :Text;
  value @1 :Text;                    # JSON
}

struct TlsCertificateChanged {
  fingerprint @0 :Data;              # 32 bytes: SHA-256 of the DER certificate
}

struct Component {
  kind @0 :Text;                     # "smbios_uuid"; at most 32 bytes of a-z 0-9 _
  digest @1 :Data;                   # 32 bytes: hash(device salt || kind || 0x00 || normalised value)
}

struct Seat {                        # all that a verifier needs to know of a seat, in each event that changes it
  activationId @0 :Data;             # 16 random bytes
  licenseId @1 :Text;
  product @2 :Text;
  components @3 :List(Component);    # sorted by kind, then digest; no pair twice; 1 to 16
  devicePublicKey @4 :Data;          # DER SubjectPublicKeyInfo
  leaseEnds @5 :Int64;               # ledger time; 0: perpetual
  graceEnds @6 :Int64;               # >= leaseEnds; 0: perpetual. The seat is given back after it
}

struct SeatReleased {
  activationId @0 :Data;
}

struct SeatExpired {
  activationId @0 :Data;
}

struct AnnexErased {
  sequenceNumber @0 :UInt64;
  field @1 :AnnexField;
}

struct TimePutInDoubt {
  wallTime @0 :Int64;
  reason @1 :Reason;
  enum Reason {
    steppedForward @0;
    steppedBack @1;
    forwardAcrossStop @2;
  }
}

struct TimeConfirmed {
  wallTime @0 :Int64;                # the next event's time is not before it
}

struct TimeConfirmationUndone {
  confirmation @0 :UInt64;           # sequence number of the TimeConfirmed
  offset @1 :Int64;                  # microseconds taken off event times from here on whenever a date is judged
}

struct ServerStarted {
  softwareVersion @0 :Text;
}

struct UnclaimedSeats {
  licenseId @0 :Text;
  seats @1 :UInt64;                  # may have been given, and nothing that survived shows them; not 0
}

struct IncarnationOpened {           # the first event under its origin: what the ledger goes on from after a loss of events or of its key
  incarnation @0 :UInt32;            # as in the event's origin; greater than any before it
  reason @1 :Reason;
  keptHead @2 :Text;                 # signed checkpoint: of all events before this one
  knownHead @3 :Text;                # signed note with the newest head known before: an anchor or a checkpoint; or empty
  unclaimed @4 :List(UnclaimedSeats); # sorted by licence id, each once
  reendorsement @5 :Data;            # CMS SignedData of the vendor: which key signs from this event on; else empty
  serverCertificate @6 :Data;        # DER, over that key: of the vendor's; for reendorsed and rotated, else empty
  handOver @7 :Text;                 # signed note of the key before: it hands over to that key (rotated); else empty

  enum Reason {
    anchor @0;                       # the HSM's anchor knew a head that the log did not have
    restored @1;                     # the same, after a restore from a mirror or an export
    witness @2;                      # a client showed a head that the log did not have
    reendorsed @3;                   # the key was lost, and the vendor handed the ledger over to another one
    logLost @4;                      # there was no log any more: this is event 1, and keptHead is empty
    rotated @5;                      # nothing was lost: the key before handed over to another one
    logAndKeyLost @6;                # both 3 and 4: this is event 1, and event 0 names the key that was lost
  }
}

struct KeyCleared {                  # the last thing that the key signs; it is destroyed after that
  keyDigest @0 :Data;                # 32 bytes: hash of its DER SubjectPublicKeyInfo
}

struct AdoptionProven {              # a seat of an earlier incarnation that the log does not have, with its proof
  index @0 :UInt64;                  # of the event in the tree of that incarnation
  event @1 :Data;                    # its stored bytes: an event with a seat
  path @2 :Data;                     # inclusion proof: 32-byte hashes one after the other, in the order of RFC 6962
  head @3 :Text;                     # signed checkpoint of that incarnation
}

struct SeatAdopted {                 # the seat is held again; unconfirmed until it is renewed
  seat @0 :Seat;
  proof @1 :UInt64;                  # sequence number of its AdoptionProven
}

struct AdoptionRefused {
  activationId @0 :Data;
}

struct LogKeyCreated {               # with which somebody reads the log under /log/, without personal data
  keyId @0 :Data;                    # 16 random bytes
  keyDigest @1 :Data;                # 32 bytes: hash of the key's text
  reader @2 :Text;                   # a name for people, at most 64 bytes
  expires @3 :Int64;                 # ledger time; 0: never
}

struct LogKeyRevoked {
  keyId @0 :Data;
}

struct LegacySeatReserved {          # a seat kept for a desktop of the previous product until it calls
  activationId @0 :Data;             # 16 random bytes: of the SeatActivated with which its desktop claims it
  licenseId @1 :Text;
  product @2 :Text;
  components @3 :List(Component);    # as in Seat, by which the desktop is recognised
  record @4 :Data;                   # 32 bytes: hash(device salt || "legacy_record" || 0x00 || the old record's key)
  activatedAt @5 :Int64;             # in the previous product; 0: not known
  reservedUntil @6 :Int64;           # ledger time; it is not freed before
}

struct LegacySeatFreed {
  activationId @0 :Data;
}

struct ReportIssued {                # a statement of who held which seat at a time was made; its proof is this event's
  asOf @0 :Int64;                    # the time that was asked for; the event's own is later
  size @1 :UInt64;                   # events of that time and before; not 0
  seats @2 :UInt64;                  # that the statement names
  root @3 :Data;                     # 32 bytes: root of the tree of that size
  digest @4 :Data;                   # 32 bytes: SHA-256 of the statement
  personalData @5 :Bool;             # personal values were handed out beside it
}
