// Shares of a step for several threads, made for machines whose cores have other work, too.
//
// Why not OpenMP: at the end of a parallel loop it waits for all of its threads, also for one that
// the system has not let run at all; on a busy machine that made a step much slower than one
// thread alone. Here a thread takes one share after the other until none is left. A helper that
// does not come in time misses nothing, and the caller waits only for shares that were begun.
#ifndef NEUROFLYSIM_THREADS_H
#define NEUROFLYSIM_THREADS_H

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace neuroflysim {

class Helpers {
   public:
    // Calls share(0) ... share(n_shares - 1), each once, by the caller and n_threads - 1 helpers.
    template <typename Share>
    void run(int n_threads, int n_shares, const Share& share) {
        if (n_threads <= 1) {
            for (int k = 0; k < n_shares; k++) share(k);
            return;
        }
        for (; n_helpers < n_threads - 1; n_helpers++)
            std::thread(&Helpers::help, this, n_helpers).detach();
        state.store(state.load() | 0xffffffffu);  // a late helper takes nothing from the last job
        call = [](const void* context, int k) { (*static_cast<const Share*>(context))(k); };
        context = &share;
        shares = n_shares;
        wanted = n_threads - 1;
        done = 0;
        const uint64_t job = (state.load() >> 32) + 1;
        state.store(job << 32);
        if (sleeping.load()) {
            std::lock_guard<std::mutex> lock(mutex);
            wake.notify_all();
        }
        take(job, false);
        while (done.load() < n_shares) pause();
    }

   private:
    // Takes shares of one job while there are any: from the front, or from the back, so that two
    // threads stay in their own part of the lattice and of the cache.
    void take(uint64_t job, bool from_back) {
        uint64_t now = state.load();
        while (now >> 32 == job) {
            const int front = now & 0xffff, back = now >> 16 & 0xffff, all = shares.load();
            if (front + back >= all) return;
            if (!state.compare_exchange_weak(now, now + (from_back ? 1 << 16 : 1))) continue;
            call.load()(context.load(), from_back ? all - 1 - back : front);
            done++;
            now = state.load();
        }
    }

    void help(int index) {
        uint64_t last = 0;
        for (;;) {
            uint64_t job = state.load() >> 32;
            for (int spin = 0; job == last && spin < 5000; spin++, job = state.load() >> 32)
                pause();  // some 100 microseconds: the next step comes soon
            if (job == last) {
                std::unique_lock<std::mutex> lock(mutex);
                sleeping++;
                wake.wait(lock, [&] { return state.load() >> 32 != last; });
                sleeping--;
                continue;
            }
            if (index < wanted.load()) take(job, index % 2 == 0);
            last = job;
        }
    }

    static void pause() {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#endif
    }

    std::atomic<uint64_t> state{0};  // job, shares taken from the back, shares taken from the front
    std::atomic<int> shares{0}, wanted{0}, done{0}, sleeping{0};
    std::atomic<void (*)(const void*, int)> call{nullptr};
    std::atomic<const void*> context{nullptr};
    std::mutex mutex;
    std::condition_variable wake;
    int n_helpers = 0;
};

// Never destroyed: its threads may still sleep when the process ends.
inline Helpers& helpers() {
    static Helpers* all = new Helpers;
    return *all;
}

}  // namespace neuroflysim

#endif
