#include "tools/bench/baseline.hpp"

#include <dlfcn.h>
#include <lmdb.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <p11-kit/pkcs11.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "ledger/core/bytes.hpp"
#include "ledger/store_read/log_scan.hpp"
#include "tools/bench/errc.hpp"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::microseconds pause{300};  ///< About as long as a server's threads sleep between two requests.

ledger::Error failed(std::string reason) { return {errc::baseline_failed, "", {{"reason", std::move(reason)}}}; }

/// How long each round took.
class Times {
 public:
    /// @param action  returns whether it worked.
    template <class Action>
    [[nodiscard]] bool measure(Action action) {
        const auto begun = Clock::now();
        const bool worked = action();
        us_.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begun).count());
        return worked;
    }
    [[nodiscard]] double median_us() const {
        ACTLEDGER_ASSERT(!us_.empty());
        auto sorted = us_;
        const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
        std::ranges::nth_element(sorted, middle);
        return *middle;
    }

 private:
    std::vector<double> us_;
};

/// An environment with the settings of the log's; each transaction appends one value to each table.
class Disk {
 public:
    explicit Disk(std::vector<std::size_t> value_bytes) : value_bytes_(std::move(value_bytes)) {}
    ~Disk() { mdb_env_close(environment_); }
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;

    [[nodiscard]] bool open(const std::filesystem::path& folder) {
        std::filesystem::create_directories(folder);
        MDB_txn* begin = nullptr;
        if (mdb_env_create(&environment_) != 0 || mdb_env_set_mapsize(environment_, 1U << 30) != 0 ||
            mdb_env_set_maxdbs(environment_, static_cast<MDB_dbi>(value_bytes_.size())) != 0 ||
            mdb_env_open(environment_, folder.c_str(), 0, 0600) != 0 ||
            mdb_txn_begin(environment_, nullptr, 0, &begin) != 0) {
            return false;
        }
        for (std::size_t i = 0; i < value_bytes_.size(); ++i) {
            MDB_dbi table = 0;
            if (mdb_dbi_open(begin, std::to_string(i).c_str(), MDB_CREATE, &table) != 0) return false;
            tables_.push_back(table);
        }
        return mdb_txn_commit(begin) == 0;
    }
    [[nodiscard]] bool commit() {
        std::array<std::uint8_t, 8> number{};
        for (std::size_t i = 0; i < number.size(); ++i) number[7 - i] = static_cast<std::uint8_t>(next_ >> (8 * i));
        ++next_;
        MDB_val key{number.size(), number.data()};
        MDB_txn* transaction = nullptr;
        if (mdb_txn_begin(environment_, nullptr, 0, &transaction) != 0) return false;
        for (std::size_t i = 0; i < tables_.size(); ++i) {
            MDB_val value{std::min(value_bytes_[i], content_.size()), content_.data()};
            if (mdb_put(transaction, tables_[i], &key, &value, MDB_APPEND) != 0) {
                mdb_txn_abort(transaction);
                return false;
            }
        }
        return mdb_txn_commit(transaction) == 0;
    }

 private:
    const std::vector<std::size_t> value_bytes_;
    MDB_env* environment_ = nullptr;
    std::vector<MDB_dbi> tables_;
    std::uint64_t next_ = 0;
    std::array<std::uint8_t, 2'000> content_{};  ///< What is larger goes to pages of its own.
};

/// A session with the token "bench", logged in. The module stays loaded.
class TokenSession {
 public:
    TokenSession() = default;
    ~TokenSession() {
        if (p11_ != nullptr) static_cast<void>(p11_->C_Finalize(nullptr));
    }
    TokenSession(const TokenSession&) = delete;
    TokenSession& operator=(const TokenSession&) = delete;

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

/// A key of OpenSSL's and a signature of it.
class Verifier {
 public:
    [[nodiscard]] bool open() {
        key_.reset(EVP_EC_gen("P-256"));
        context_.reset(EVP_PKEY_CTX_new(key_.get(), nullptr));
        return context_ && EVP_PKEY_sign_init(context_.get()) == 1 &&
               EVP_PKEY_sign(context_.get(), signature_.data(), &size_, digest_.data(), digest_.size()) == 1 &&
               EVP_PKEY_verify_init(context_.get()) == 1;
    }
    [[nodiscard]] bool verify() {
        return EVP_PKEY_verify(context_.get(), signature_.data(), size_, digest_.data(), digest_.size()) == 1;
    }

 private:
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_{nullptr, EVP_PKEY_free};
    std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context_{nullptr, EVP_PKEY_CTX_free};
    std::array<std::uint8_t, 32> digest_{1, 2, 3};
    std::array<std::uint8_t, 80> signature_{};
    std::size_t size_ = signature_.size();
};

}  // namespace

class Baseline::Parts {
 public:
    explicit Parts(const LogEntryBytes& entry) : log_({entry.event, entry.nodes, entry.annex, entry.head}) {}
    ledger::Result<void> open(const std::filesystem::path& folder, const std::filesystem::path& pin_file) {
        std::ifstream file(pin_file);
        std::string pin;
        file >> pin;
        if (!log_.open(folder / "log") || !bare_.open(folder / "bare")) return failed("LMDB");
        if (!token_.open(pin)) return failed("SoftHSM2 session");
        if (!verifier_.open()) return failed("OpenSSL");
        return {};
    }
    /// One after the other and after a pause, as a lone request meets them: a loop of nothing else, with everything in
    /// the cache and no core asleep, is another thing.
    ledger::Result<void> measure(int rounds) {
        for (int round = 0; round < rounds; ++round) {
            std::this_thread::sleep_for(pause);
            if (!signatures_.measure([&] { return token_.sign({1, 2, 3}); })) return failed("SoftHSM2 signature");
            if (!verifications_.measure([&] { return verifier_.verify(); })) return failed("verification");
            if (!commits_.measure([&] { return log_.commit(); })) return failed("LMDB commit");
            if (!bare_commits_.measure([&] { return bare_.commit(); })) return failed("LMDB commit");
        }
        return {};
    }

 private:
    friend class Baseline;
    Disk log_;
    Disk bare_{{400}};
    TokenSession token_;
    Verifier verifier_;
    Times commits_;
    Times bare_commits_;
    Times signatures_;
    Times verifications_;
};

Baseline::Baseline(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Baseline::Baseline(Baseline&&) noexcept = default;
Baseline::~Baseline() = default;

ledger::Result<LogEntryBytes> newest_entry_bytes(const std::filesystem::path& ledger) {
    ACTLEDGER_TRY(const auto scan, ledger::open_log_scan(ledger));
    ACTLEDGER_TRY(const auto view, scan->open_view());
    LogEntryBytes bytes;
    const auto newest = [&](ledger::LogDatabase database, std::size_t& size) {
        return view->visit_back(database, [&](ledger::ByteView, ledger::ByteView value) {
            size = value.size();
            return false;
        });
    };
    ACTLEDGER_CHECK(newest(ledger::LogDatabase::events, bytes.event));
    ACTLEDGER_CHECK(newest(ledger::LogDatabase::nodes, bytes.nodes));
    ACTLEDGER_CHECK(newest(ledger::LogDatabase::annex, bytes.annex));
    ACTLEDGER_CHECK(newest(ledger::LogDatabase::heads, bytes.head));
    return bytes;
}

ledger::Result<Baseline> Baseline::open(const std::filesystem::path& folder, const std::filesystem::path& pin_file,
                                        const LogEntryBytes& entry) {
    auto parts = std::make_unique<Parts>(entry);
    ACTLEDGER_CHECK(parts->open(folder, pin_file));
    return Baseline(std::move(parts));
}

ledger::Result<void> Baseline::measure(int rounds) { return parts_->measure(rounds); }
double Baseline::commit_us() const { return parts_->commits_.median_us(); }
double Baseline::bare_commit_us() const { return parts_->bare_commits_.median_us(); }
double Baseline::signature_us() const { return parts_->signatures_.median_us(); }
double Baseline::verification_us() const { return parts_->verifications_.median_us(); }

}  // namespace bench
