#include "ledger/core/sha256_lanes.hpp"

#ifdef ACTLEDGER_HAS_IPSEC_MB
#define NO_COMPAT_IMB_API_053  // old names, which are OpenSSL's too
#include <intel-ipsec-mb.h>

#include <memory>
#endif

namespace ledger {

#ifdef ACTLEDGER_HAS_IPSEC_MB
namespace {

/// The library's scheduler: takes jobs one by one, and works when its lanes are full. One for each thread.
class Lanes {
 public:
    Lanes() : manager_(alloc_mb_mgr(0)) {
        if (!manager_) return;
        init_mb_mgr_auto(manager_.get(), nullptr);
        usable_ = imb_get_errno(manager_.get()) == 0;
    }
    [[nodiscard]] bool usable() const { return usable_; }

    void hash(std::span<const ByteView> messages, std::span<Digest> digests) {
        std::size_t done = 0;
        for (std::size_t i = 0; i < messages.size(); ++i) {
            IMB_JOB* const job = IMB_GET_NEXT_JOB(manager_.get());
            *job = {};
            job->cipher_direction = IMB_DIR_ENCRYPT;
            job->cipher_mode = IMB_CIPHER_NULL;
            job->chain_order = IMB_ORDER_HASH_CIPHER;
            job->hash_alg = IMB_AUTH_SHA_256;
            job->src = messages[i].data();
            job->msg_len_to_hash_in_bytes = messages[i].size();
            job->auth_tag_output = digests[i].bytes.data();
            job->auth_tag_output_len_in_bytes = Digest::size_bytes;
            for (const IMB_JOB* ended = IMB_SUBMIT_JOB(manager_.get()); ended != nullptr;
                 ended = IMB_GET_COMPLETED_JOB(manager_.get())) {
                done += count(*ended);
            }
        }
        while (const IMB_JOB* const ended = IMB_FLUSH_JOB(manager_.get())) done += count(*ended);
        ACTLEDGER_ASSERT(done == messages.size());
    }

 private:
    struct Free {
        void operator()(IMB_MGR* manager) const { free_mb_mgr(manager); }
    };
    static std::size_t count(const IMB_JOB& job) { return job.status == IMB_STATUS_COMPLETED ? 1 : 0; }

    std::unique_ptr<IMB_MGR, Free> manager_;
    bool usable_ = false;
};

}  // namespace

bool sha256_in_lanes(std::span<const ByteView> messages, std::span<Digest> digests) {
    thread_local Lanes lanes;
    if (!lanes.usable()) return false;
    lanes.hash(messages, digests);
    return true;
}

#else

bool sha256_in_lanes(std::span<const ByteView>, std::span<Digest>) { return false; }

#endif

}  // namespace ledger
