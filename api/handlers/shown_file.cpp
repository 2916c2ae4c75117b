#include "api/handlers/shown_file.hpp"

#include "api/errc.hpp"
#include "api/refused_adoptions.hpp"
#include "api/witness.hpp"
#include "ledger/core/activation_file.hpp"

namespace api {

ledger::Result<commands::VerifiedProof> take_shown_file(LedgerServices& services, std::string_view text) {
    if (const auto file = ledger::ActivationFile::parse(text)) {
        const auto known = services.witness.check(file->checkpoint, file->certificates);
        if (!known && known.error().code == errc::checkpoint_unknown) return known.error();
    }
    auto proof = commands::prepare_proof(text, services.preparation, services.keys, services.origin);
    if (!proof) services.refused_adoptions.add(proof.error());
    return proof;
}

}  // namespace api
