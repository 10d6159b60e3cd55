// Images/s of decode + resize + inference in one order of work, so that a driver can let the orders take
// turns (bench/order_bench.py):
//   order_timer MODEL THREADS PREPARERS QUEUE PINNED < LIST_OF_FILES
// PREPARERS 0: each worker prepares an image and infers it, taking files from a queue of QUEUE of them, as
// the pipeline does. Else so many threads prepare images for THREADS that infer, through a queue of QUEUE
// prepared ones. PINNED 1: each thread stays on a core of its own. The files are in memory before the clock
// starts.
#include <pthread.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"
#include "coulis/engine.h"
#include "coulis/image.h"
#include "coulis/model.h"
#include "coulis/pipeline.h"
#include "pipeline/stopwatch.h"

namespace {

using File = std::vector<char>;
using Pixels = std::vector<std::uint8_t>;

struct Order {
  int threads;
  int preparers;
  std::size_t queue;
  bool pinned;
};

[[noreturn]] void Stop(const std::string& message) {
  std::fprintf(stderr, "order_timer: %s\n", message.c_str());
  std::exit(1);
}

std::vector<File> ReadFiles() {
  std::vector<File> files;
  for (std::string path; std::getline(std::cin, path);) {
    std::ifstream file(path, std::ios::binary);
    files.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return files;
}

void StayOn(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<std::size_t>(core) % std::thread::hardware_concurrency(), &cores);
  pthread_setaffinity_np(pthread_self(), sizeof(cores), &cores);
}

coulis::InferRequest NewRequest(const coulis::Engine& engine) {
  coulis::Result<coulis::InferRequest> request = engine.NewRequest();
  if (!request) Stop(request.error().message);
  return *std::move(request);
}

void Prepare(coulis::Preprocessor& preprocessor, const File& file, std::span<std::uint8_t> pixels) {
  if (const auto size = preprocessor.Run(std::as_bytes(std::span(file)), pixels); !size)
    Stop(size.error().message);
}

void Infer(coulis::InferRequest& request) {
  if (const auto features = request.Run(); !features) Stop(features.error().message);
}

std::vector<std::thread> Start(int count, bool pinned, const std::function<void()>& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([=] {
      if (pinned) StayOn(i);
      body();
    });
  }
  return threads;
}

void Join(std::vector<std::thread>& threads) {
  for (std::thread& thread : threads) thread.join();
}

// Each worker does all of an image's work.
void OnOneThread(const Order& order, const coulis::Engine& engine, const std::vector<File>& files) {
  coulis::BoundedQueue<const File*> queue(order.queue);
  auto workers = Start(order.threads, order.pinned, [&] {
    coulis::InferRequest request = NewRequest(engine);
    coulis::Preprocessor preprocessor(engine.fit());
    while (const auto file = queue.Pop()) {
      Prepare(preprocessor, **file, request.input());
      Infer(request);
    }
  });
  for (const File& file : files) queue.Push(&file);
  queue.Close();
  Join(workers);
}

// Some threads prepare, others infer.
void Beside(const Order& order, const coulis::Engine& engine, const std::vector<File>& files) {
  coulis::BoundedQueue<Pixels> queue(order.queue);
  std::atomic<std::size_t> next = 0;
  auto inferring = Start(order.threads, order.pinned, [&] {
    coulis::InferRequest request = NewRequest(engine);
    while (const auto pixels = queue.Pop()) {
      std::memcpy(request.input().data(), pixels->data(), pixels->size());
      Infer(request);
    }
  });
  auto preparing = Start(order.preparers, order.pinned, [&] {
    coulis::Preprocessor preprocessor(engine.fit());
    for (std::size_t i = next++; i < files.size(); i = next++) {
      Pixels pixels(static_cast<std::size_t>(engine.input_size().width * engine.input_size().height) * 3);
      Prepare(preprocessor, files[i], pixels);
      queue.Push(std::move(pixels));
    }
  });
  Join(preparing);
  queue.Close();
  Join(inferring);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) Stop("takes MODEL THREADS PREPARERS QUEUE PINNED");
  const Order order{std::atoi(argv[2]), std::atoi(argv[3]), static_cast<std::size_t>(std::atoi(argv[4])),
                    std::atoi(argv[5]) != 0};
  const auto model = coulis::OpenModel(argv[1]);
  if (!model) Stop(model.error().message);
  const auto engine = coulis::Engine::Load(
      *model, {.threads = order.threads, .layer = {}, .cache_folder = coulis::DefaultCacheFolder()});
  if (!engine) Stop(engine.error().message);
  const std::vector<File> files = ReadFiles();
  const coulis::Stopwatch watch;
  (order.preparers == 0 ? OnOneThread : Beside)(order, *engine, files);
  std::printf("%.1f\n", static_cast<double>(files.size()) / watch.Seconds());
  return 0;
}
