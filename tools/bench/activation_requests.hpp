#pragma once
// tools/bench/activation_requests.hpp: POST /v1/activations of devices that were never there before, as bytes.

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

class ActivationRequests {
 public:
    /// @param enrolment_key  the pool's.
    explicit ActivationRequests(const std::string& enrolment_key);
    /// The request of device `number`: four components of its own; device keys are taken from a few made before.
    void write(std::uint64_t number, std::string& out) const;

 private:
    std::string head_;
    std::vector<std::string> keys_;  // base64 of SubjectPublicKeyInfo
};

}  // namespace bench
