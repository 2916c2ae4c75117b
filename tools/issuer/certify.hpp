#pragma once
// tools/issuer/certify.hpp: `actledger-issuer root` and `actledger-issuer certificate`. Asked for again, the same thing
// is a success that changes nothing.

#include <optional>

#include "tools/issuer/vendor_folder.hpp"

namespace issuer {

struct RootOptions {
    std::string name;
    std::optional<std::uint32_t> days;  ///< Validity; nothing: no end.
};
[[nodiscard]] ledger::Result<void> make_root(const RootOptions& options, VendorFolder& folder);

struct CertificateOptions {
    ledger::Purpose purpose = ledger::Purpose::license_issuer;
    std::string as;    ///< File name without ending; empty: the purpose.
    std::string name;  ///< Common name; empty: made from the root's and the purpose.
    std::optional<std::uint32_t> days;
};
[[nodiscard]] ledger::Result<void> make_certificate(const CertificateOptions& options, VendorFolder& folder);

/// Whether a key may be certified for an id that is not its own.
enum class Descent {
    none,
    reendorsed,   ///< It takes over from a key that was lost: the vendor says so.
    handed_over,  ///< It takes over from a key that says so itself.
};

/// The certificate over a server's key: the one made before, or a new one.
/// @return errc::foreign_identity when the id is not this key's and was never certified with it
[[nodiscard]] ledger::Result<ledger::Certificate> certify_server(const std::string& server_id,
                                                                 const ledger::PublicKey& key, VendorFolder& folder,
                                                                 Descent descent = Descent::none);

/// Where the folder keeps it: "servers/<server id>-<start of the key's fingerprint>".
[[nodiscard]] std::string server_certificate_name(const std::string& server_id, const ledger::Digest& key_fingerprint);

}  // namespace issuer
