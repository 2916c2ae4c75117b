#pragma once
// tests/tools/client/fake_server.hpp: a small HTTPS server that keeps the contract's client-facing half over a
// SampleLedger, with real keys, proofs and challenges; and misbehaves on request. One connection at a time.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ledger/core/device_components.hpp"
#include "tests/ledger/core/sample_ledger.hpp"

namespace support {

struct FakeRequest {
    std::string method;
    std::string path;
    std::string authorization;
    std::string accept_language;
    std::string body;
};
struct FakeAnswer {
    unsigned status = 200;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
};

/// What the ledger's server does, without the network. Not thread-safe.
class FakeLedger {
 public:
    explicit FakeLedger(std::uint64_t seed = 1) : ledger(seed) { ledger.grow(3); }

    FakeAnswer answer(const FakeRequest& request);

    ledger::SampleLedger ledger;
    std::string enrolment_key = "ek1.secret";
    ledger::Timestamp lease_ends;  ///< Of seats given from now on; 0: perpetual.
    ledger::Timestamp renew_after;
    ledger::Digest tls_fingerprint;  ///< What /v1/tls-proof proves.
    ledger::SequenceNumber tls_event;
    bool announces_consistency = true;
    std::vector<FakeRequest> requests;
    /// Answers instead, when it is set and returns something.
    std::function<std::optional<FakeAnswer>(const FakeRequest&)> instead;
    /// Changes an activation's answer before it is sent.
    std::function<void(std::string& body)> tamper;

    void log_tls_certificate(const ledger::Digest& fingerprint);

 private:
    struct Held {
        ledger::Seat seat;
        ledger::SequenceNumber index;
        std::string file;
        bool released = false;
        std::string challenge;
    };
    FakeAnswer activate(const FakeRequest& request);
    FakeAnswer on_activation(const FakeRequest& request);
    FakeAnswer consistency(const FakeRequest& request);
    FakeAnswer seat_answer(unsigned status, const Held& held, const std::string& checkpoint);
    bool proves_key(const FakeRequest& request, Held& held);
    void renew(Held& held);

    std::map<std::string, Held> seats_;
};

/// Serves a FakeLedger on 127.0.0.1 with a self-made certificate, on a thread of its own.
class FakeServer {
 public:
    enum class Transport { tls, plain };
    explicit FakeServer(FakeLedger& ledger, Transport transport = Transport::tls);
    ~FakeServer();
    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;

    [[nodiscard]] std::string address() const;
    [[nodiscard]] const std::string& certificate_pem() const;
    [[nodiscard]] ledger::Digest fingerprint() const;

 private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

[[nodiscard]] FakeAnswer problem(unsigned status, const std::string& code, const std::string& detail);

}  // namespace support
