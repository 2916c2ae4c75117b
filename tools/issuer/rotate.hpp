#pragma once
// tools/issuer/rotate.hpp: `actledger-issuer rotate`: a server certificate for the key to which another one hands over.

#include "tools/issuer/vendor_folder.hpp"

namespace issuer {

/// Whether a second key may follow the same one: a certificate that was never used, or a card that was not lost.
enum class SecondSuccessor { refuse, allow };

struct RotateOptions {
    std::filesystem::path request;
    std::string server_id;  ///< As the vendor knows it.
    std::filesystem::path out;
    SecondSuccessor second = SecondSuccessor::refuse;
};
/// Asked for again, it is a success that changes nothing.
[[nodiscard]] ledger::Result<void> rotate(const RotateOptions& options, VendorFolder& folder);

}  // namespace issuer
