#include "ledger/core/certificate_chain.hpp"

#include "ledger/core/errc.hpp"
#include "ledger/core/openssl_pointer.hpp"

namespace ledger {
namespace {

Error malformed(const char* what) { return {errc::certificate_malformed, what}; }

/// One certificate takes less: base64 makes 4 bytes of 3, lines end, and there are a first and a last one.
constexpr std::size_t pem_bytes_max = chain_certificates_max * 2 * certificate_bytes_max;

}  // namespace

std::string chain_pem(std::span<const Bytes> chain) {
    const BioPointer out(BIO_new(BIO_s_mem()));
    ACTLEDGER_ASSERT(out != nullptr);
    for (const Bytes& der : chain) {
        ACTLEDGER_ASSERT(PEM_write_bio(out.get(), PEM_STRING_X509, "", der.data(), static_cast<long>(der.size())) > 0);
    }
    return std::string(as_text(bio_contents(out.get())));
}

Result<std::vector<Bytes>> read_chain_pem(std::string_view pem) {
    if (pem.empty() || pem.size() > pem_bytes_max) return malformed("PEM: length");
    const BioPointer in = read_only_bio(as_bytes(pem));
    std::vector<Bytes> chain;
    while (chain.size() <= chain_certificates_max) {
        char* name = nullptr;
        char* header = nullptr;
        unsigned char* data = nullptr;
        long length = 0;
        if (PEM_read_bio(in.get(), &name, &header, &data, &length) != 1) break;
        chain.emplace_back(data, data + length);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(data);
    }
    ERR_clear_error();
    if (chain.empty() || chain.size() > chain_certificates_max) return malformed("PEM: 1 to 4 certificates");
    for (const Bytes& der : chain) {
        if (der.empty() || der.size() > certificate_bytes_max) return malformed("length");
    }
    if (chain_pem(chain) != pem) return malformed("PEM: something besides certificates");
    return chain;
}

Result<PublicKey> certified_key(const Suite& suite, std::span<const Bytes> chain, const Certificate& root,
                                std::string_view server_id) {
    std::vector<Certificate> certificates;
    for (const Bytes& der : chain.first(std::min(chain.size(), chain_certificates_max + 1))) {
        ACTLEDGER_TRY(Certificate certificate, Certificate::from_der(der));
        certificates.push_back(std::move(certificate));
    }
    if (certificates.empty()) return malformed("no certificate");
    const Certificate& server = certificates.front();
    ACTLEDGER_CHECK(verify_chain(certificates, root, Purpose::server, server.not_before()));
    const std::string named = server.server_id().value_or("");  // verify_chain has seen that there is one
    if (named != server_id) {
        return Error{errc::wrong_origin, named, {{"origin", named}, {"expected", std::string(server_id)}}};
    }
    return server.public_key(suite.id());
}

}  // namespace ledger
