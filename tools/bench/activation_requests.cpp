#include "tools/bench/activation_requests.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>
#include <cstdio>

#include "ledger/core/bytes.hpp"

namespace bench {
namespace {

std::string new_device_key() {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    ACTLEDGER_ASSERT(key != nullptr);
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    ACTLEDGER_ASSERT(size > 0);
    auto text = ledger::base64_encode({der, static_cast<std::size_t>(size)});
    OPENSSL_free(der);
    EVP_PKEY_free(key);
    return text;
}

}  // namespace

ActivationRequests::ActivationRequests(const std::string& enrolment_key)
    : head_("POST /v1/activations HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + enrolment_key +
            "\r\nContent-Type: application/json\r\nContent-Length: ") {
    constexpr int keys = 64;
    for (int i = 0; i < keys; ++i) keys_.push_back(new_device_key());
}

void ActivationRequests::write(std::uint64_t number, std::string& out) const {
    // Components as a real desktop has them; spread by a mixing function, so that none is near another.
    const std::uint64_t mixed = (number + 1) * 0x9e3779b97f4a7c15ULL;
    std::array<char, 640> body{};
    const int size = std::snprintf(
        body.data(), body.size(),
        R"({"product":"vdi-desktop","device":{"name":"PC-%llu","components":[{"kind":"smbios_uuid","value":"%016llx%016llx"},)"
        R"({"kind":"machine_id","value":"%016llx%016llx"},{"kind":"mac","value":"%012llx"},{"kind":"disk_serial","value":"D%llu"}],)"
        R"("public_key":"%s"}})",
        static_cast<unsigned long long>(number), static_cast<unsigned long long>(mixed),
        static_cast<unsigned long long>(number), static_cast<unsigned long long>(mixed ^ 0x5555),
        static_cast<unsigned long long>(number), static_cast<unsigned long long>(0x020000000000ULL + number),
        static_cast<unsigned long long>(number), keys_[number % keys_.size()].c_str());
    ACTLEDGER_ASSERT(size > 0 && static_cast<std::size_t>(size) < body.size());
    out += head_;
    out += std::to_string(size);
    out += "\r\n\r\n";
    out.append(body.data(), static_cast<std::size_t>(size));
}

}  // namespace bench
