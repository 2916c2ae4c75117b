@0x92ad766c6d25ce3b;
# What the program and actledger-hsm-worker say to each other: one Request, then one Response, over a socket pair of type
# SOCK_SEQPACKET (file descriptor 3 of the worker). One packet is one framed, unpacked, single-segment message of at most
# 160 KiB. ADR: docs/adr/0009-hsm-child-process.md.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("hsm::wire");

struct Request {
  number @0 :UInt64;                  # grows by one; the response has the same

  union {
    load @1 :Text;                    # absolute path of the module: dlopen, C_GetFunctionList, C_Initialize -> library
    listTokens @2 :Void;              # -> tokens
    listMechanisms @3 :UInt64;        # of a slot -> mechanisms
    openSession @4 :UInt64;           # on a slot, read and write; closes the one before -> done
    login @5 :Data;                   # user PIN -> done
    initialiseToken @6 :NewToken;     # C_InitToken: erases; only for one that is not initialised -> done
    findKey @7 :Text;                 # label; the key that sign uses from then on -> key
    generateKey @8 :Text;             # P-256 key pair of this label -> done
    sign @9 :Data;                    # a digest -> signature
    readObjects @10 :Text;            # data objects of this label -> objects
    createObject @11 :NewObject;      # -> done
    removeObjects @12 :RemovedObjects;  # -> done
    random @13 :UInt32;               # this many bytes -> random
    initialisePin @14 :NewPin;        # C_InitPIN, as security officer -> done
    destroyKey @15 :Text;             # label; the private key, then its public key: both are gone for ever -> done
    listObjectLabels @16 :Void;       # of our data objects, each once, ascending -> labels
    removeObject @17 :NewObject;      # those of this label and value -> done
  }
}

struct NewToken {
  slot @0 :UInt64;
  label @1 :Text;                     # at most 32 bytes
  securityOfficerPin @2 :Data;
}

struct NewPin {
  slot @0 :UInt64;
  securityOfficerPin @1 :Data;
  userPin @2 :Data;
}

struct NewObject {                    # CKO_DATA, private, application "activation-ledger"
  label @0 :Text;
  value @1 :Data;                     # at most 16 KiB
}

struct RemovedObjects {
  label @0 :Text;
  keep @1 :Data;                      # objects of this value stay (the first one found, if there are several)
}

struct Response {
  number @0 :UInt64;

  union {
    failed @1 :Failure;
    done @2 :Void;
    library @3 :Library;
    tokens @4 :List(Token);           # of present tokens, initialised or not
    mechanisms @5 :List(UInt64);      # CK_MECHANISM_TYPE
    key @6 :Key;
    signature @7 :Data;               # as C_Sign gave it
    objects @8 :List(Data);
    random @9 :Data;
    labels @10 :List(Text);
  }
}

struct Failure {
  function @0 :Text;                  # "C_Sign", or "dlopen"
  returnValue @1 :UInt64;             # CK_RV; 0: not of PKCS#11
  detail @2 :Text;
}

struct Library {                      # C_GetInfo
  description @0 :Text;
  manufacturer @1 :Text;
  libraryVersion @2 :Text;            # "2.6"
  cryptokiVersion @3 :Text;           # "2.40"
}

struct Token {                        # C_GetTokenInfo; trailing spaces taken off
  slot @0 :UInt64;
  label @1 :Text;
  manufacturer @2 :Text;
  model @3 :Text;
  serial @4 :Text;
  flags @5 :UInt64;                   # CKF_*
}

struct Key {
  privateKeys @0 :UInt32;             # how many private keys have the label; the rest is about exactly one
  publicKeys @1 :UInt32;              # public keys of the same CKA_ID
  parameters @2 :Data;                # CKA_EC_PARAMS
  point @3 :Data;                     # CKA_EC_POINT
}
