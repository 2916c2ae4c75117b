#include "tools/bench/baseline.hpp"

#include <dlfcn.h>
#include <lmdb.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <p11-kit/pkcs11.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include "ledger/core/bytes.hpp"
#include "tools/bench/errc.hpp"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

ledger::Error failed(std::string reason) { return {errc::baseline_failed, "", {{"reason", std::move(reason)}}}; }

/// Median time of `action`, which returns whether it worked.
template <class Action>
ledger::Result<double> median_us(int rounds, const char* what, Action action) {
    std::vector<double> times;
    for (int round = 0; round < rounds; ++round) {
        const auto begun = Clock::now();
        if (!action(round)) return failed(what);
        times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begun).count());
    }
    std::ranges::nth_element(times, times.begin() + rounds / 2);
    return times[static_cast<std::size_t>(rounds / 2)];
}

/// One 400-byte value a transaction, synced, as the log does it for a group of one.
ledger::Result<double> measure_commit(const std::filesystem::path& folder, int rounds) {
    std::filesystem::create_directories(folder);
    MDB_env* environment = nullptr;
    MDB_dbi database = 0;
    MDB_txn* begin = nullptr;
    const bool open = mdb_env_create(&environment) == 0 && mdb_env_set_mapsize(environment, 1U << 28) == 0 &&
                      mdb_env_open(environment, folder.c_str(), 0, 0600) == 0 &&
                      mdb_txn_begin(environment, nullptr, 0, &begin) == 0 &&
                      mdb_dbi_open(begin, nullptr, 0, &database) == 0 && mdb_txn_commit(begin) == 0;
    std::array<std::uint8_t, 400> event{};
    auto median = !open ? ledger::Result<double>(failed("LMDB")) : median_us(rounds, "LMDB commit", [&](int round) {
        std::array<std::uint8_t, 8> number{};
        for (std::size_t i = 0; i < number.size(); ++i)
            number[7 - i] = static_cast<std::uint8_t>(static_cast<unsigned>(round) >> (i < 4 ? 8 * i : 24));
        MDB_val key{number.size(), number.data()};
        MDB_val value{event.size(), event.data()};
        MDB_txn* transaction = nullptr;
        return mdb_txn_begin(environment, nullptr, 0, &transaction) == 0 &&
               mdb_put(transaction, database, &key, &value, MDB_APPEND) == 0 && mdb_txn_commit(transaction) == 0;
    });
    mdb_env_close(environment);
    return median;
}

/// A session with the token "bench", logged in. The module stays loaded.
class TokenSession {
 public:
    bool open(const std::string& pin) {
        void* module = ::dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
        if (module == nullptr) return false;
        const auto get = reinterpret_cast<CK_RV (*)(CK_FUNCTION_LIST**)>(::dlsym(module, "C_GetFunctionList"));
        if (get == nullptr || get(&p11_) != CKR_OK || p11_->C_Initialize(nullptr) != CKR_OK) return false;
        std::array<CK_SLOT_ID, 16> slots{};
        unsigned long count = slots.size();
        if (p11_->C_GetSlotList(CK_TRUE, slots.data(), &count) != CKR_OK) return false;
        for (unsigned long i = 0; i < count; ++i) {
            CK_TOKEN_INFO info{};
            if (p11_->C_GetTokenInfo(slots[i], &info) != CKR_OK) continue;
            if (std::string(reinterpret_cast<const char*>(info.label), 6) == "bench ") return log_in(slots[i], pin);
        }
        return false;
    }
    bool sign(const std::array<std::uint8_t, 32>& digest) {
        CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0};
        std::array<std::uint8_t, 64> signature{};
        unsigned long size = signature.size();
        auto input = digest;
        return p11_->C_SignInit(session_, &mechanism, key_) == CKR_OK &&
               p11_->C_Sign(session_, input.data(), input.size(), signature.data(), &size) == CKR_OK &&
               size == signature.size();
    }
    void close() {
        if (p11_ != nullptr) static_cast<void>(p11_->C_Finalize(nullptr));
    }

 private:
    bool log_in(CK_SLOT_ID slot, std::string pin) {
        CK_OBJECT_CLASS wanted = CKO_PRIVATE_KEY;
        CK_ATTRIBUTE pattern{CKA_CLASS, &wanted, sizeof wanted};
        unsigned long found = 0;
        return p11_->C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session_) == CKR_OK &&
               p11_->C_Login(session_, CKU_USER, reinterpret_cast<unsigned char*>(pin.data()), pin.size()) == CKR_OK &&
               p11_->C_FindObjectsInit(session_, &pattern, 1) == CKR_OK &&
               p11_->C_FindObjects(session_, &key_, 1, &found) == CKR_OK &&
               p11_->C_FindObjectsFinal(session_) == CKR_OK && found == 1;
    }
    CK_FUNCTION_LIST* p11_ = nullptr;
    CK_SESSION_HANDLE session_ = 0;
    CK_OBJECT_HANDLE key_ = 0;
};

ledger::Result<double> measure_signature(const std::filesystem::path& pin_file, int rounds) {
    std::ifstream file(pin_file);
    std::string pin;
    file >> pin;
    TokenSession session;
    if (!session.open(pin)) return failed("SoftHSM2 session");
    auto median = median_us(rounds, "SoftHSM2 signature", [&](int round) {
        return session.sign({static_cast<std::uint8_t>(round), 1, 2, 3});
    });
    session.close();
    return median;
}

ledger::Result<double> measure_verification(int rounds) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(EVP_PKEY_CTX_new(key.get(), nullptr),
                                                                              EVP_PKEY_CTX_free);
    std::array<std::uint8_t, 32> digest{1, 2, 3};
    std::array<std::uint8_t, 80> signature{};
    std::size_t size = signature.size();
    if (EVP_PKEY_sign_init(context.get()) != 1 ||
        EVP_PKEY_sign(context.get(), signature.data(), &size, digest.data(), digest.size()) != 1 ||
        EVP_PKEY_verify_init(context.get()) != 1) {
        return failed("OpenSSL");
    }
    return median_us(rounds, "verification", [&](int) {
        return EVP_PKEY_verify(context.get(), signature.data(), size, digest.data(), digest.size()) == 1;
    });
}

}  // namespace

ledger::Result<Baseline> measure_baseline(const std::filesystem::path& folder, const std::filesystem::path& pin_file,
                                          int rounds) {
    Baseline baseline;
    ACTLEDGER_TRY(baseline.commit_us, measure_commit(folder, rounds));
    ACTLEDGER_TRY(baseline.signature_us, measure_signature(pin_file, rounds));
    ACTLEDGER_TRY(baseline.verification_us, measure_verification(rounds));
    return baseline;
}

}  // namespace bench
